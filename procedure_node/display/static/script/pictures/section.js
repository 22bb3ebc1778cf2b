// Sections of a scan as the node sends them.

/** What the pictures of a scan hold: planes, structures, prescription. */
export async function fetchScan(token) {
  const answer = await fetch(`/api/scans/${token}`);
  if (!answer.ok) throw new Error((await answer.json()).error);
  return answer.json();
}

/** One section: its head as docs/display.md describes it, with `pixels` as an Int16Array. */
export async function fetchSection(token, plane, mm, signal) {
  const answer = await fetch(`/api/scans/${token}/section?plane=${plane}&mm=${mm}`, { signal });
  if (!answer.ok) throw new Error((await answer.json()).error);
  const body = await answer.arrayBuffer();
  const length = new DataView(body).getUint32(0, true);
  const section = JSON.parse(new TextDecoder().decode(new Uint8Array(body, 4, length)));
  section.pixels = new Int16Array(body, 4 + length, section.rows * section.columns);
  return section;
}

/** The section's CT numbers as a picture, through a window {center, width} in HU. */
export function toPicture(section, hu) {
  const { rows, columns, pixels } = section;
  const image = new ImageData(columns, rows);
  const words = new Uint32Array(image.data.buffer);
  const low = hu.center - hu.width / 2;
  const scale = 255 / hu.width;
  for (let n = 0; n < pixels.length; n += 1) {
    const grey = Math.max(0, Math.min(255, Math.round((pixels[n] - low) * scale)));
    words[n] = 0xff000000 | (grey << 16) | (grey << 8) | grey;
  }
  const canvas = new OffscreenCanvas(columns, rows);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}
