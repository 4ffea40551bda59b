// Reads QR codes out of pictures with the vendored decoder.
// First message: {wasm: address}, each further one: {pixels, width, height} (RGBA). Each answer: {texts} or {trouble}.

import { prepareZXingModule, readBarcodes } from "../../vendor/zxing-wasm/reader/index.js";

const OPTIONS = { formats: ["QRCode"], tryHarder: true, tryInvert: false, maxNumberOfSymbols: 4, textMode: "Plain" };

self.onmessage = async ({ data: { wasm, pixels, width, height } }) => {
  try {
    if (wasm) {
      await prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
      return self.postMessage({ texts: [] });
    }
    const found = await readBarcodes(new ImageData(new Uint8ClampedArray(pixels), width, height), OPTIONS);
    self.postMessage({ texts: found.filter(({ isValid }) => isValid).map(({ text }) => text) });
  } catch (error) {
    self.postMessage({ trouble: String(error) });
  }
};
