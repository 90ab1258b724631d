// Pod addresses out of 127/8: everything runs on this machine's loopback, and each Pod still has an address of its own.
// Two processes (two test files, a demo beside them) must not hand out the same ones, so the second octet comes from
// the process id unless one is given. A released address is used again last, as a cluster's network does.

export interface IpAllocator {
  take(): string;
  release(ip: string): void;
}

/** `prefix` is `127.x`; addresses run from prefix.1.1 to prefix.254.254. Throws once all 64,516 are taken. */
export function createIpAllocator(prefix = `127.${16 + (process.pid % 224)}`): IpAllocator {
  if (!/^127\.\d{1,3}$/.test(prefix)) throw new Error(`not a loopback prefix: ${prefix}`);
  const perOctet = 254;
  const released: string[] = [];
  let next = 0;
  function fresh(): string | undefined {
    if (next >= perOctet * perOctet) return undefined;
    const ip = `${prefix}.${Math.floor(next / perOctet) + 1}.${(next % perOctet) + 1}`;
    next += 1;
    return ip;
  }
  return {
    take() {
      const ip = fresh() ?? released.shift();
      if (ip === undefined) throw new Error(`all addresses of ${prefix} are taken`);
      return ip;
    },
    release: (ip) => void released.push(ip),
  };
}
