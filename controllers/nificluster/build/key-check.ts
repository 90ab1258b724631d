// A mark of the sensitive properties key that tells whether it is still the same one, and nothing else about it.
// Records carry it, so that a key that was exchanged is noticed before a node starts that could not read its flow.

import { createHmac } from 'node:crypto';

/** Sixteen hexadecimal digits. The key is the HMAC's own, so the mark gives nothing away that could be tried out cheaply. */
export function keyCheckOf(key: string): string {
  return createHmac('sha256', key).update('nifi.sensitive.props.key').digest('hex').slice(0, 16);
}
