// A file goes from the page to S3, below the prefix of whoever has signed in. No server of yours sees it.
import { call, onSubmit, say } from './auth.js'
import { PutObjectCommand, S3Client } from './aws-s3.js'

const bucket = document.querySelector('meta[name=bucket]').content

/** The SDK calls this again shortly before the credentials end. */
async function credentials() {
  const { expiration, ...keys } = await call('aws-credentials', {})
  return { ...keys, expiration: new Date(expiration) }
}

onSubmit('upload', async ({ file }) => {
  const { identityId, region } = await call('aws-credentials', {})
  const key = `${identityId}/${file.name}`
  const body = new Uint8Array(await file.arrayBuffer())
  const s3 = new S3Client({ region, credentials })
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: file.type }))
  say(`Uploaded as ${key}`)
})
