/** Signs what it reads, for a comparison with botocore: a line of JSON for each request, on standard input. */

import { createInterface } from 'node:readline'

import { Credentials } from '@motia/runtime/aws/credentials.ts'
import { Signer, quote, quotePath } from '@motia/runtime/aws/sigv4.ts'

const signers = new Map<string, Signer>()

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line) as any
  const name = `${asked.service} ${asked.region}`
  const signer = signers.get(name) ?? new Signer(asked.service, asked.region)
  signers.set(name, signer)
  const signed = signer.sign({
    ...asked,
    body: Buffer.from(asked.body, 'base64'),
    credentials: new Credentials(asked.accessKey, asked.secretKey, asked.token),
  })
  process.stdout.write(`${JSON.stringify([signed, quote(asked.text), quotePath(asked.text)])}\n`)
}
