import preact from "@preact/preset-vite";
import { defineConfig } from "vite";

// The bundle is committed and ships inside the Python package: its names must not change with the machine that builds it.
export default defineConfig({
  base: "./",
  plugins: [preact()],
  build: {
    outDir: "../src/scorespace/server/page",
    emptyOutDir: true,
    target: "es2022",
    chunkSizeWarningLimit: 900,
  },
  server: { proxy: { "/v1": "http://127.0.0.1:8765" } },
});
