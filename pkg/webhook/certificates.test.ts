// The certificate of the webhooks over its whole life, in virtual time: what is made when, and that at every moment what is served
// leads to what callers were told to trust.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bundleContains, chainsTo, splitPem } from '../pki/pem.ts';
import { type CertificateStep, carryOut, dueStep, type Held, isChanging, type Wanted } from './certificates.ts';

const wanted: Wanted = { dnsNames: ['nifi-operator-webhook.ops.svc'], renewRequestedAtMs: undefined };
const start = Date.parse('2026-01-01T00:00:00Z');
const settleMs = 300_000;
const minute = 60_000;
const day = 24 * 60 * minute;
const broken = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n';

interface Life {
  held: Held;
  ms: number;
  /** Since when everybody has been given the trust that is stored; they are given it at once. */
  givenMs: number;
  readonly steps: CertificateStep[];
}

/** Carries out what is due until nothing is. */
async function settle(life: Life, more: { readonly wanted?: Wanted; readonly isGiven?: boolean } = {}): Promise<void> {
  for (let written = 0; ; written += 1) {
    const now = new Date(life.ms);
    const asked = more.wanted ?? wanted;
    const trustedForMs = (more.isGiven ?? true) ? life.ms - life.givenMs : 0;
    const step = dueStep(life.held, asked, { now, settleMs, trustedForMs });
    if (step === undefined) return;
    life.steps.push(step);
    assert.ok(written < 5, life.steps.join());
    const { trust } = life.held;
    life.held = { ...life.held, ...(await carryOut(step, life.held, asked, now)) };
    if (life.held.trust !== trust) life.givenMs = life.ms;
    assert.ok(chainsTo(life.held.certificate ?? '', life.held.trust ?? ''), `${step}: nobody trusts what is served`);
  }
}

async function born(): Promise<Life> {
  const life: Life = { held: {}, ms: start, givenMs: start, steps: [] };
  await settle(life);
  life.steps.length = 0;
  return life;
}

describe('The certificate of the webhooks', () => {
  test('is made once, with its authority, and then nothing is written', async () => {
    const life: Life = { held: {}, ms: start, givenMs: start, steps: [] };
    await settle(life);
    await settle(life);
    assert.deepEqual(life.steps, ['MakeAuthority']);
    assert.equal(isChanging(life.held), false);
  });

  test('is renewed after two thirds of its 90 days, by the same authority', async () => {
    const life = await born();
    const { authority, trust } = life.held;
    life.ms += 59 * day;
    await settle(life);
    assert.deepEqual(life.steps, []);
    life.ms += 2 * day;
    await settle(life);
    assert.deepEqual(life.steps, ['IssueCertificate']);
    assert.deepEqual([life.held.authority, life.held.trust], [authority, trust]);
  });

  test('is issued anew for other names, and for what a person made of it', async () => {
    const life = await born();
    await settle(life, { wanted: { ...wanted, dnsNames: ['other.ops.svc'] } });
    life.held = { ...life.held, certificate: 'nonsense' };
    await settle(life, { wanted: { ...wanted, dnsNames: ['other.ops.svc'] } });
    life.held = { ...life.held, trust: broken };
    await settle(life, { wanted: { ...wanted, dnsNames: ['other.ops.svc'] } });
    assert.deepEqual(life.steps, ['IssueCertificate', 'IssueCertificate', 'TrustAuthorities']);
  });

  test('is made anew where something broken follows what can be read', async () => {
    const life = await born();
    life.held = { ...life.held, certificate: `${life.held.certificate}${broken}` };
    await settle(life);
    life.held = { ...life.held, authority: `${life.held.authority}${broken}` };
    await settle(life);
    assert.deepEqual(life.steps, ['IssueCertificate', 'MakeAuthority']);
  });

  test('is made anew when a clock was wrong while it was made, and is not valid yet by the right time', async () => {
    const life = await born();
    life.ms += 61 * day;
    await settle(life);
    life.ms -= 61 * day;
    await settle(life);
    assert.deepEqual(life.steps, ['IssueCertificate', 'IssueCertificate']);
    const ahead = await born();
    ahead.ms -= day;
    await settle(ahead);
    assert.deepEqual(ahead.steps, ['MakeAuthority']);
    ahead.ms += day;
    await settle(ahead);
    assert.deepEqual(ahead.steps, ['MakeAuthority', 'ForgetAuthority']);
  });

  test('changes its authority in three steps, each a while after the one before', async () => {
    const life = await born();
    const renew: Wanted = { ...wanted, renewRequestedAtMs: start + 10 * minute };
    life.ms = start + 10 * minute;
    const { authority = '', certificate } = life.held;
    await settle(life, { wanted: renew });
    assert.deepEqual(life.steps, ['PrepareAuthority']);
    assert.deepEqual([splitPem(life.held.trust ?? '').length, life.held.certificate], [2, certificate]);
    life.ms += 4 * minute;
    await settle(life, { wanted: renew });
    assert.equal(life.steps.length, 1);
    life.ms += 2 * minute;
    await settle(life, { wanted: renew });
    assert.deepEqual(life.steps.slice(1), ['PromoteAuthority']);
    assert.ok(bundleContains(life.held.trust ?? '', authority) && isChanging(life.held));
    life.ms += 9 * minute;
    await settle(life, { wanted: renew });
    assert.equal(life.steps.length, 2);
    life.ms += 2 * minute;
    await settle(life, { wanted: renew });
    assert.deepEqual(life.steps.slice(2), ['ForgetAuthority']);
    assert.ok(!bundleContains(life.held.trust ?? '', authority) && !isChanging(life.held));
    life.ms += day;
    await settle(life, { wanted: renew });
    assert.equal(life.steps.length, 3);
  });

  test('waits with the new authority for as long as somebody has not been told of it', async () => {
    const life = await born();
    const renew: Wanted = { ...wanted, renewRequestedAtMs: start + minute };
    life.ms = start + day;
    await settle(life, { wanted: renew });
    life.ms += day;
    await settle(life, { wanted: renew, isGiven: false });
    assert.deepEqual(life.steps, ['PrepareAuthority']);
  });

  test('changes its authority by itself after two thirds of its ten years', async () => {
    const life = await born();
    const expected = new Set(['IssueCertificate', 'PrepareAuthority', 'PromoteAuthority', 'ForgetAuthority']);
    for (life.ms = start; life.ms < start + 2_600 * day; life.ms += 20 * day) await settle(life);
    assert.deepEqual(new Set(life.steps), expected);
    assert.equal(life.steps.filter((step) => step === 'PrepareAuthority').length, 1);
  });

  test('is made from scratch when its authority is lost, and whoever was trusted before stays trusted for a while', async () => {
    const life = await born();
    const { trust = '' } = life.held;
    life.held = { trust };
    await settle(life);
    assert.deepEqual(life.steps, ['MakeAuthority']);
    assert.ok(bundleContains(life.held.trust ?? '', trust));
    life.ms += 11 * minute;
    await settle(life);
    assert.deepEqual(life.steps, ['MakeAuthority', 'ForgetAuthority']);
  });
});
