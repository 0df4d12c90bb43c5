import { defineConfig } from '@hey-api/openapi-ts';

const services = ['accounts', 'dialogs', 'integrations', 'vk-gateway', 'widget-config'];

export default defineConfig({
  input: services.map((service) => `../../docs/api/${service}.json`),
  output: { path: '../api-client', preferExportAll: true },
  plugins: [{ name: '@hey-api/client-fetch', baseUrl: '' }, '@hey-api/typescript', '@hey-api/sdk'],
});
