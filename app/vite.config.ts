import preact from "@preact/preset-vite";
import { defineConfig } from "vite";

// The bundle is committed and ships inside the Python package: its names must not change with the machine that builds it.
export default defineConfig({
  base: "./",
  plugins: [preact()],
  // samples are decoded by the browser: the synthesiser's own decoder is WebAssembly, which the page does not allow
  resolve: { alias: { "stb-vorbis": new URL("src/sound/no-vorbis.ts", import.meta.url).pathname } },
  build: {
    outDir: "../src/scorespace/server/page",
    emptyOutDir: true,
    target: "es2022",
    chunkSizeWarningLimit: 900,
  },
  // `npx vite` shows the page while it is written: open its address with the #token=... that `scorespace app` prints
  server: { proxy: { "/v1": { target: "http://127.0.0.1:8765", changeOrigin: true, headers: { origin: "http://127.0.0.1:8765" } } } },
});
