/** Requests as bytes, one or several on a connection: valid ones, and what mutation makes of them. */
import fc from 'fast-check'
import { readRawHttpCases } from '../../helpers/cases.ts'
import { type Mutation, mutate, mutation } from './mutations.ts'

const longestSeed = 3000
const authorized = 'Host: app.example\r\nAuthorization: Bearer {{TOKEN}}\r\n'

const valid = [
  `GET /a HTTP/1.1\r\n${authorized}\r\n`,
  `POST /b HTTP/1.1\r\n${authorized}Content-Length: 11\r\n\r\nhello world`,
  `POST /c HTTP/1.1\r\n${authorized}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=1\r\n world\r\n0\r\nX-T: 1\r\n\r\n`,
  `GET /d HTTP/1.1\r\n${authorized}\r\nGET /e HTTP/1.1\r\n${authorized}\r\n`,
  `POST /f HTTP/1.1\r\n${authorized}Content-Length: 3\r\n\r\nabcGET /public/g HTTP/1.1\r\nHost: a\r\n\r\n`,
  `PUT /h HTTP/1.1\r\n${authorized}Expect: 100-continue\r\nContent-Length: 2\r\n\r\nok`,
  `HEAD /i HTTP/1.0\r\n${authorized}Connection: keep-alive\r\n\r\nGET /public/j HTTP/1.0\r\n\r\n`,
  // What Node's parser reads on the same port.
  `SETUP /l RTSP/1.0\r\n${authorized}\r\n`,
  // A body that is a request itself.
  `POST /k HTTP/1.1\r\n${authorized}Content-Length: 43\r\n\r\nGET /secret HTTP/1.1\r\nHost: app.example\r\n\r\n\r\n`,
]

const seeds = [...valid, ...valid, ...readRawHttpCases().map(({ raw }) => raw)].filter(
  ({ length }) => length <= longestSeed,
)

/** What is written, piece by piece; `{{TOKEN}}` is the token of alice. */
export type Writes = readonly string[]

const seed = fc.constantFrom(...seeds).map((raw) => raw.replaceAll('{{HOST}}', 'app.example'))
const connection = fc.array(seed, { minLength: 1, maxLength: 2 }).map((requests) => requests.join(''))
const mutated = fc
  .tuple(connection, fc.array(mutation, { maxLength: 3 }))
  .map(([bytes, mutations]: [string, readonly Mutation[]]) => mutations.reduce(mutate, bytes))

export const writes: fc.Arbitrary<Writes> = fc
  .tuple(mutated, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 2 }))
  .map(([bytes, cuts]) => {
    const places = cuts.map((cut) => Math.floor(cut * bytes.length)).toSorted((one, other) => one - other)
    return [0, ...places].map((from, index) => bytes.slice(from, places[index] ?? bytes.length))
  })
