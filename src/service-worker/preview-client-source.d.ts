/** The bundle of src/preview-client/main.ts as text: see scripts/node-layer/workers.mjs. */
declare module 'preview-client-source' {
  const source: string;
  export default source;
}
