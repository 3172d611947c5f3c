// How Vite builds the studio; in development it passes /api to a server on MASKLET_SERVER (default 127.0.0.1:7700).
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2023",
    outDir: "dist",
    emptyOutDir: true,
    sourcemap: false,
    chunkSizeWarningLimit: 1000,
  },
  server: { proxy: { "/api": process.env.MASKLET_SERVER ?? "http://127.0.0.1:7700" } },
});
