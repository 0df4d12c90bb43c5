import { fileURLToPath } from 'node:url';

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
// `./run web dev` passes the API on to a running Otklik.
const server = process.env.OTKLIK_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '~': here('./src'), '@otklik/api': here('../api-client') } },
  build: {
    target: 'es2022',
    // Browsers that know light-dark(): what stands in for it elsewhere needs colour schemes that are not Mantine's.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Thousands of icons stand behind one index: only those named are read.
    rolldownOptions: { experimental: { lazyBarrel: true } },
  },
  server: {
    proxy: Object.fromEntries(['/api', '/w', '/cabinet.json'].map((path) => [path, { target: server }])),
  },
});
