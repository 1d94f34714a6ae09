/**
 * Signatures by the right key over a block that is almost EMSA-PKCS1-v1_5 (RFC 8017 section 9.2): every field of its
 * DigestInfo written in every wrong way of DER (X.690), and every way to bend the bytes in front of it.
 */
import { hash } from 'node:crypto'
import { encode, publish, type SignatureForm, signBlock, writeInput } from './signature-forms.ts'

const modulusBytes = 256
const ff = (count: number) => 'ff'.repeat(Math.max(count, 0))

/** A value of DER: the content is hex. */
interface Node {
  readonly tag: string
  readonly content: string
}

const fields = ['DigestInfo', 'AlgorithmIdentifier', 'OID', 'NULL', 'hash'] as const
type Field = (typeof fields)[number]
type Write = (node: Node) => string

const lengthOf = (content: string) => (content.length / 2).toString(16).padStart(2, '0')
const plain: Write = ({ tag, content }) => tag + lengthOf(content) + content
const withLength =
  (length: (bytes: number) => string): Write =>
  ({ tag, content }) =>
    tag + length(content.length / 2) + content
const byte = (value: number) => (value & 0xff).toString(16).padStart(2, '0')
const withContent =
  (change: (content: string) => string): Write =>
  ({ tag, content }) =>
    plain({ tag, content: change(content) })
const withTag =
  (tag: string): Write =>
  ({ content }) =>
    plain({ tag, content })

const wrongWays: Readonly<Record<string, Write>> = {
  'its length in long form': withLength((bytes) => `81${byte(bytes)}`),
  'its length with a zero in front': withLength((bytes) => `8200${byte(bytes)}`),
  'a length one too large': withLength((bytes) => byte(bytes + 1)),
  'a length one too small': withLength((bytes) => byte(bytes - 1)),
  'a length that overflows 32 bits': withLength((bytes) => `8501000000${byte(bytes)}`),
  'a length that overflows 64 bits': withLength((bytes) => `890100000000000000${byte(bytes)}`),
  'a length of 2^31-1': withLength(() => '847fffffff'),
  'a length of 2^31': withLength(() => '8480000000'),
  'a length of 2^32-1': withLength(() => '84ffffffff'),
  'a length of 2^40-1': withLength(() => '85ffffffffff'),
  'a length of 2^64-1': withLength(() => '88ffffffffffffffff'),
  'a length of 255': withLength(() => 'ff'),
  'an indefinite length without an end': withLength(() => '80'),
  'an indefinite length with its end': ({ tag, content }) => `${tag}80${content}0000`,
  'an indefinite length with a cut end': ({ tag, content }) => `${tag}80${content}00`,
  'an indefinite length with garbage for an end': ({ tag, content }) => `${tag}80${content}0100`,
  'nothing at all': () => '',
  'its tag alone': ({ tag }) => tag,
  'no content': ({ tag }) => `${tag}00`,
  'zeros behind its content': withContent((content) => `${content}0000`),
  'zeros in front of its content': withContent((content) => `0000${content}`),
  'zeros behind it that no length counts': (node) => `${plain(node)}0000`,
  'a NULL behind its content': withContent((content) => `${content}0500`),
  'an empty sequence behind its content': withContent((content) => `${content}3000`),
  'garbage behind its content': withContent((content) => `${content}498177`),
  'garbage in front of its content': withContent((content) => `498177${content}`),
  'an unknown tag behind its content': withContent((content) => `${content}aa00bb00cd00`),
  'its first byte changed': withContent((content) => flip(content, 0)),
  'its last byte changed': withContent((content) => flip(content, content.length - 2)),
  'its first byte gone': withContent((content) => content.slice(2)),
  'its last byte gone': withContent((content) => content.slice(0, -2)),
  'a NULL in its place': () => '0500',
  'itself inside a sequence': (node) => plain({ tag: '30', content: plain(node) }),
  'itself twice': (node) => plain(node) + plain(node),
  'the tag ff': withTag('ff'),
  'the tag 00': withTag('00'),
  'the tag of text': withTag('0c'),
  'the tag with the constructed bit': ({ tag, content }) =>
    plain({ tag: byte(Number.parseInt(tag, 16) ^ 0x20), content }),
}

function flip(content: string, at: number): string {
  return content === ''
    ? '01'
    : content.slice(0, at) + byte(Number.parseInt(content.slice(at, at + 2), 16) ^ 1) + content.slice(at + 2)
}

/** DigestInfo of SHA-256, with one field written in its own way. */
function writeInfo(digest: string, field?: Field, write: Write = plain): string {
  const put = (name: Field, node: Node) => (name === field ? write(node) : plain(node))
  const oid = put('OID', { tag: '06', content: '608648016503040201' })
  const algorithm = put('AlgorithmIdentifier', { tag: '30', content: oid + put('NULL', { tag: '05', content: '' }) })
  return put('DigestInfo', { tag: '30', content: algorithm + put('hash', { tag: '04', content: digest }) })
}

function pad(info: string): string {
  return `0001${ff(modulusBytes - 3 - info.length / 2)}00${info}`
}

/** An OID in place of that of SHA-256, over its own hash or over the one of SHA-256. */
const oids = {
  md5: '2a864886f70d0205',
  sha1: '2b0e03021a',
  sha224: '608648016503040204',
  sha384: '608648016503040202',
  sha512: '608648016503040203',
  'sha512-256': '608648016503040206',
  'sha3-256': '608648016503040208',
} as const

function infoOf(oid: string, digest: string, parameters = '0500'): string {
  const algorithm = plain({ tag: '30', content: plain({ tag: '06', content: oid }) + parameters })
  return plain({ tag: '30', content: algorithm + plain({ tag: '04', content: digest }) })
}

type Block = (digest: string, message: string) => string

const blocks: Readonly<Record<string, Block>> = {
  'block type 0': (digest) => pad(writeInfo(digest)).replace(/^0001/, '0000'),
  'block type 2': (digest) => pad(writeInfo(digest)).replace(/^0001/, '0002'),
  'a padding of zeros under block type 0': (digest) => writeInfo(digest).padStart(modulusBytes * 2, '0'),
  'a padding that is not all ff at its start': (digest) => pad(writeInfo(digest)).replace(/^0001ff/, '0001fe'),
  'a padding that is not all ff at its end': (digest) => pad(writeInfo(digest)).replace(/ff00(?=3031)/, 'fe00'),
  'a zero at the start of the padding': (digest) => pad(writeInfo(digest)).replace(/^0001ff/, '000100'),
  'a zero inside the padding': (digest) => pad(writeInfo(digest)).replace(/^0001ffff/, '0001ff00'),
  'no zero behind the padding': (digest) => pad(writeInfo(digest)).replace(/ff00(?=3031)/, 'ffff'),
  'two zeros behind the padding': (digest) => pad(writeInfo(digest)).replace(/ff00(?=3031)/, '0000'),
  'no padding': (digest) => `000100${writeInfo(digest)}`.padEnd(modulusBytes * 2, '0'),
  'a padding of seven bytes and garbage behind the hash': (digest) => shortPadding(7, digest, '5a'),
  'a padding of eight bytes and zeros behind the hash': (digest) => shortPadding(8, digest, '00'),
  'a padding of eight bytes and garbage behind the hash': (digest) => shortPadding(8, digest, '5a'),
  'a zero behind the hash': (digest) => pad(`${writeInfo(digest)}00`),
  'garbage behind the hash': (digest) => pad(`${writeInfo(digest)}deadbeef`),
  'no DigestInfo': (digest) => pad(digest),
  'the hash of the hash': (digest) => pad(writeInfo(hash('sha256', Buffer.from(digest, 'hex'), 'hex'))),
  'the hash of another text': () => pad(writeInfo(hash('sha256', 'another text', 'hex'))),
  'a hash of zeros': () => pad(writeInfo('00'.repeat(32))),
  'no hash': () => pad(writeInfo('')),
  'a hash that was cut': (digest) => pad(writeInfo(digest.slice(0, 40))),
  'no NULL behind the OID': (digest) => pad(infoOf('608648016503040201', digest, '')),
  'garbage for parameters': (digest) => pad(infoOf('608648016503040201', digest, '0404deadbeef')),
  'the hash inside the parameters': (digest) => pad(infoOf('608648016503040201', '00'.repeat(32), `0420${digest}`)),
  ...Object.fromEntries(
    Object.entries(oids).flatMap(([name, oid]) => [
      [`${name} with its own hash`, (_digest: string, message: string) => pad(infoOf(oid, hash(name, message, 'hex')))],
      [`the OID of ${name} over a hash of SHA-256`, (digest: string) => pad(infoOf(oid, digest))],
    ]),
  ),
}

/** The whole block of RS256, as it must be; hex. */
export function padHash(digest: string): string {
  return pad(writeInfo(digest))
}

function shortPadding(count: number, digest: string, filler: string): string {
  const start = `0001${ff(count)}00${writeInfo(digest)}`
  return start + filler.repeat(modulusBytes - start.length / 2)
}

function form(name: string, block: Block, result: SignatureForm['result'] = 'invalid'): SignatureForm {
  return {
    group: 'padding',
    name,
    source: 'RFC 8017 sections 8.2.2 and 9.2',
    result,
    build(world) {
      const input = writeInput(world)
      const bytes = Buffer.from(block(hash('sha256', input, 'hex'), input), 'hex')
      return { jws: `${input}.${encode(signBlock(bytes, world.pool.privateKey))}`, keys: [publish(world.pool)] }
    },
  }
}

type NamedBlock = readonly [name: string, block: Block]

const wrongFields = fields.flatMap((field) =>
  Object.entries(wrongWays).map(
    ([way, write]): NamedBlock => [`${field} with ${way}`, (digest) => pad(writeInfo(digest, field, write))],
  ),
)

/** Some ways come to the same bytes: each is tried once, and none that comes to the right ones. */
function withoutRepeats(named: readonly NamedBlock[]): readonly NamedBlock[] {
  const digest = 'ab'.repeat(32)
  const seen = new Set([padHash(digest)])
  return named.filter(([, block]) => {
    const text = block(digest, 'message')
    const isNew = !seen.has(text)
    seen.add(text)
    return isNew
  })
}

export const paddingForms: readonly SignatureForm[] = [
  form('made by hand, and right', padHash, 'valid'),
  ...withoutRepeats([...Object.entries(blocks), ...wrongFields]).map(([name, block]) => form(name, block)),
]
