// Finds the QR codes in the camera's picture: with the browser's own detector if it knows QR, else with one in a worker.

const LONGEST_SIDE = 960; // pixels: enough for a label at arm's length

/**
 * addresses: {worker, wasm}, loaded only here. -> {read(video): a promise of the texts in view, close()}
 * Throws when nothing can be loaded.
 */
export async function openDecoder(addresses) {
  const own = await ownDetector();
  if (own) return { read: async (video) => (await own.detect(video)).map(({ rawValue }) => rawValue), close: () => {} };
  return openWorker(addresses);
}

async function ownDetector() {
  const formats = await globalThis.BarcodeDetector?.getSupportedFormats().catch(() => []);
  return formats?.includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
}

// Compiling WebAssembly is a right that no page of ours has: only this worker does, which runs nothing else.
function openWorker({ worker: address, wasm }) {
  const worker = new Worker(address, { type: "module" });
  const picture = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const ask = (message, transfer = []) =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => (data.texts ? resolve(data.texts) : reject(new Error(data.trouble)));
      worker.onerror = (event) => reject(new Error(event.message ?? "The decoder could not be loaded"));
      worker.postMessage(message, transfer);
    });
  const opened = { read: (video) => read(video), close: () => worker.terminate() };

  function read(video) {
    const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
    const [width, height] = [video.videoWidth * scale, video.videoHeight * scale].map(Math.round);
    Object.assign(picture.canvas, { width, height });
    picture.drawImage(video, 0, 0, width, height);
    const { data } = picture.getImageData(0, 0, width, height);
    return ask({ pixels: data.buffer, width, height }, [data.buffer]);
  }

  return ask({ wasm: new URL(wasm, location.href).href }).then(() => opened);
}
