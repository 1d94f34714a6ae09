import t from 'tap'
import { callerHeaders } from '../../../src/headers/response.ts'
import { ProtocolError, parseResponseHead } from '../../../src/upstream/response-head.ts'
import { readHandshake, switchHead, verifySwitch } from '../../../src/upstream/websocket/handshake.ts'

const key = 'dGhlIHNhbXBsZSBub25jZQ=='
/** The example of RFC 6455 section 1.3. */
const accept = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
const asked = ['Sec-WebSocket-Key', key, 'Sec-WebSocket-Version', '13']

t.test('reads what the caller asks for, from one line or several, in any case', async (t) => {
  const lines = ['sec-websocket-protocol', 'chat, superchat', 'SEC-WEBSOCKET-PROTOCOL', 'mqtt']
  const extensions = ['Sec-WebSocket-Extensions', 'permessage-deflate; client_max_window_bits, X-Own; a="b"']
  t.strictSame(readHandshake([...asked, ...lines, ...extensions]), {
    key,
    protocols: new Set(['chat', 'superchat', 'mqtt']),
    extensions: new Set(['permessage-deflate', 'x-own']),
  })
})

for (const [what, headers] of Object.entries({
  'no key': asked.slice(2),
  'two keys': [...asked, 'Sec-WebSocket-Key', key],
  'a short key': ['Sec-WebSocket-Key', 'short', ...asked.slice(2)],
  'a key of 17 bytes': ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZTE=', ...asked.slice(2)],
  'no version': asked.slice(0, 2),
  'two versions': [...asked, 'Sec-WebSocket-Version', '13'],
  'another version': [...asked.slice(0, 2), 'Sec-WebSocket-Version', '8'],
  'a length': [...asked, 'Content-Length', '5'],
  'a chunked body': [...asked, 'Transfer-Encoding', 'chunked'],
})) {
  t.test(`takes no handshake with ${what}`, async (t) => t.equal(readHandshake(headers), undefined))
}

t.test('takes a length of nothing', async (t) => t.ok(readHandshake([...asked, 'Content-Length', '0'])))

function answer(...fields: string[]) {
  const lines = ['HTTP/1.1 101 Switching Protocols', ...fields]
  return parseResponseHead(lines.join('\r\n'), 'GET')
}

const granted = ['Upgrade: WebSocket', 'Connection: keep-alive, upgrade', `Sec-WebSocket-Accept: ${accept}`]
const handshake = { key, protocols: new Set(['chat']), extensions: new Set(['permessage-deflate']) }

t.test('takes a 101 that grants what was asked for, or less', async (t) => {
  const protocol = 'Sec-WebSocket-Protocol: chat'
  const extension = 'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover'
  for (const fields of [[], [protocol], [extension], [protocol, extension]]) {
    t.doesNotThrow(() => verifySwitch(answer(...granted, ...fields), handshake), fields.join())
  }
})

for (const [what, fields] of Object.entries({
  'no Upgrade': granted.slice(1),
  'two Upgrades': [...granted, 'Upgrade: websocket'],
  'another Upgrade': ['Upgrade: h2c', ...granted.slice(1)],
  'no Connection': granted.toSpliced(1, 1),
  'another Connection': granted.with(1, 'Connection: close'),
  'no Accept': granted.slice(0, 2),
  'two Accepts': [...granted, `Sec-WebSocket-Accept: ${accept}`],
  'another Accept': granted.with(2, `Sec-WebSocket-Accept: ${key}`),
  'an Accept in another case': granted.with(2, `Sec-WebSocket-Accept: ${accept.toLowerCase()}`),
  'a subprotocol nobody offered': [...granted, 'Sec-WebSocket-Protocol: mqtt'],
  'a subprotocol in another case': [...granted, 'Sec-WebSocket-Protocol: Chat'],
  'two subprotocols': [...granted, 'Sec-WebSocket-Protocol: chat', 'Sec-WebSocket-Protocol: chat'],
  'an extension nobody asked for': [...granted, 'Sec-WebSocket-Extensions: permessage-deflate, x-own'],
})) {
  t.test(`takes no 101 with ${what}`, async (t) => {
    t.throws(() => verifySwitch(answer(...fields), handshake), ProtocolError)
  })
}

t.test('tells the caller in the order of the upstream, connection headers renewed', async (t) => {
  const { headers, status } = answer(...granted, 'X-A: 1', 'Content-Length: 0', 'x-a: 2')
  const head = switchHead(callerHeaders(headers, status, 'id-1'))
  t.strictSame(head.split('\r\n'), [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    'X-A: 1',
    'x-a: 2',
    'X-Request-Id: id-1',
    '',
    '',
  ])
})
