/* IMPORTANT
 * This snapshot file is auto-generated, but designed for humans.
 * It should be checked into source control and tracked carefully.
 * Re-generate by setting TAP_SNAPSHOT=1 and running tests.
 * Make sure to inspect the output below.  Do not ignore changes!
 */
'use strict'
exports[`test/cli/mistakes.test.ts > TAP > a bracket that is not closed: exit code 64, and the message tells how to write it > must match snapshot 1`] = `
config  (cogate.yaml:6:1)
  found     Flow sequence in block collection must be sufficiently indented and end with a ]
  expected  YAML or JSON, each key once
  write     # close the bracket or the quote

`

exports[`test/cli/mistakes.test.ts > TAP > a configuration file that is not there: exit code 64, and the message tells how to write it > must match snapshot 1`] = `
config  (flag --config)
  found     cogate.yml, which does not exist
  expected  a readable UTF-8 file
  write     --config /etc/cogate/cogate.yaml

`

exports[`test/cli/mistakes.test.ts > TAP > a key file that cannot be read: exit code 64, and the message tells how to write it > must match snapshot 1`] = `
userPools[0].jwksFile  (cogate.yaml:5:15)
  found     keys, which is a directory
  expected  a file that exists and can be read
  write     # name a file that is there, or let this user read it

`

exports[`test/cli/mistakes.test.ts > TAP > a key without its colon: exit code 64, and the message tells how to write it > must match snapshot 1`] = `
config  (cogate.yaml:1:1)
  found     Implicit keys need to be on a single line
  expected  YAML or JSON, each key once
  write     # indent the lines alike, and write "key: value" with a blank

`

exports[`test/cli/mistakes.test.ts > TAP > a line that is indented less than its neighbours: exit code 64, and the message tells how to write it > must match snapshot 1`] = `
config  (cogate.yaml:5:1)
  found     Sequence item without - indicator
  expected  YAML or JSON, each key once
  write     # indent this line like its neighbours

`

exports[`test/cli/mistakes.test.ts > TAP > a misspelt environment variable: exit code 64, and the message tells how to write it > must match snapshot 1`] = `
COGATE_CLIENT_IDS  (environment COGATE_CLIENT_IDS)
  found     a variable that cogate does not know
  expected  COGATE_CLIENT_ID
  write     COGATE_CLIENT_ID=…

`

exports[`test/cli/mistakes.test.ts > TAP > a misspelt key: exit code 64, and the message tells how to write it > must match snapshot 1`] = `
upstream.conectTimeout  (cogate.yaml:3:3)
  found     the unknown key conectTimeout
  expected  one of url, connectTimeout, responseTimeout, idleTimeout, maxConnections, maxWaiting, waitTimeout, keepAlive, preserveHost, headers, headerFiles, tolerate, rewriteLocation, webSocket, tls
  write     connectTimeout: 3s

`

exports[`test/cli/mistakes.test.ts > TAP > a number without its unit: exit code 64, and the message tells how to write it > must match snapshot 1`] = `
upstream.responseTimeout  (cogate.yaml:3:20)
  found     60
  expected  a duration with its unit (ms, s, m, h, d), from 1ms to 576h
  write     responseTimeout: 60s

`

exports[`test/cli/mistakes.test.ts > TAP > a pool id with a hyphen for its underscore: exit code 64, and the message tells how to write it > must match snapshot 1`] = `
userPools[0].id  (cogate.yaml:4:9)
  found     eu-west-1-AbCdEfGhI
  expected  a user pool id: region, underscore, name; any other id needs an issuer (emulators)
  write     id: eu-west-1_AbCdEfGhI

`

exports[`test/cli/mistakes.test.ts > TAP > a port that is in use: exit code 1, and the message tells what to do > must match snapshot 1`] = `
cogate: listen: cannot listen on 127.0.0.1:PORT: the port is in use; stop what holds it or choose another

`

exports[`test/cli/mistakes.test.ts > TAP > a rule for an app client that the user pool does not list: exit code 64, and the message tells how to write it > must match snapshot 1`] = `
routes[1].clientIds[0]  (cogate.yaml:10:17)
  found     7h57kf5cf8b6sl9exampel
  expected  one of the clientIds of a user pool; tokens of other app clients are refused, whatever a rule says
  write     - 7h57kf5cf8b6sl9rexample

`

exports[`test/cli/mistakes.test.ts > TAP > a star for the app clients: exit code 64, and the message tells how to write it > must match snapshot 1`] = `
userPools[0].clientIds[0]  (cogate.yaml:5:17)
  found     "*"
  expected  the app client ids, one by one; to accept every client of the pool, write insecureAnyClient: true instead
  write     - 7h57kf5cf8b6sl9rexample

`

exports[`test/cli/mistakes.test.ts > TAP > a tab in front of a key: exit code 64, and the message tells how to write it > must match snapshot 1`] = `
config  (cogate.yaml:5:1)
  found     Tabs are not allowed as indentation
  expected  YAML or JSON, each key once
  write     # indent with blanks, not with tabs

`

exports[`test/cli/mistakes.test.ts > TAP > keys over plain http from a public host: exit code 64, and the message tells how to write it > must match snapshot 1`] = `
userPools[0].jwksUri  (cogate.yaml:5:14)
  found     http://keys.example.com/jwks.json
  expected  https; whoever answers plain http on the network can forge tokens (http is for loopback only)
  write     jwksUri: https://keys.example.com/jwks.json

`

exports[`test/cli/mistakes.test.ts > TAP > the issuer of the user pool for the domain where people sign in: exit code 64, and the message tells how to write it > must match snapshot 1`] = `
login.domain  (cogate.yaml:8:11)
  found     https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI
  expected  the domain of the user pool where people sign in, not the issuer of its tokens
  write     domain: https://auth.example.com

`

exports[`test/cli/mistakes.test.ts > TAP > two rules for one path: exit code 64, and the message tells how to write it > must match snapshot 1`] = `
routes[2].path  (cogate.yaml:11:11)
  found     /Admin
  expected  one rule for a request; this one is also for routes[1].path (cogate.yaml:9:11)
  write     # join it with routes[1], or give it other methods

`
