// Verifies one bundle with Sigstore's own client: node verify_bundle.mjs BUNDLE TRUST_FOLDER
import crypto from 'node:crypto'
import fs from 'node:fs'
import { bundleFromJSON } from '@sigstore/bundle'
import { TrustedRoot } from '@sigstore/protobuf-specs'
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify'

const [bundle, trust] = process.argv.slice(2)
const root = TrustedRoot.fromJSON(JSON.parse(fs.readFileSync(`${trust}/trusted_root.json`)))
const publicKey = crypto.createPublicKey(fs.readFileSync(`${trust}/receipt-signer.pem`, 'utf8'))
const spki = publicKey.export({ type: 'spki', format: 'der' })
const known = crypto.createHash('sha256').update(spki).digest('base64')
const material = toTrustMaterial(root, (hint) => {
  if (hint !== known) throw new Error('unknown key')
  return { publicKey, validFor: () => true }
})
const verifier = new Verifier(material, { tlogThreshold: 1, ctlogThreshold: 0, timestampThreshold: 0 })
verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(fs.readFileSync(bundle)))))
console.log('ACCEPT')
