// undici's two connection holders by their own files: the package's index also loads fetch, WebSocket and caches, 13 MiB that an
// idle operator would carry for nothing. The version is pinned exactly, and transport.test.ts fails if these paths go away.

declare module 'undici/lib/dispatcher/pool.js' {
  import { Pool } from 'undici';
  export default Pool;
}

declare module 'undici/lib/dispatcher/client.js' {
  import { Client } from 'undici';
  export default Client;
}
