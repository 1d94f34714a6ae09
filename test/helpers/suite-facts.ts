/** What the third-party suites hold that is in no file of test/cases: pinned here, compared by the suites as they run. */

export const cacheTestsPackage = 'http-cache-tests@0.4.5'
export const cacheTestCount = 350

/** Of a `ws` caller with each upstream; the wsproto caller plays its part in one go. */
export const exchangesOfPeers = [
  'a subprotocol is agreed on',
  'compression is agreed on',
  'a message in fragments arrives whole',
  '1 MiB of bytes comes back as it went',
  'a ping of the caller is answered by the upstream',
  'a ping of the upstream is answered by the caller',
  'the code and reason of the caller reach the upstream',
  'the code and reason of the upstream reach the caller',
] as const
