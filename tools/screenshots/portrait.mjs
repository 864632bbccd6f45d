// Somebody for the fake camera to see: a drawn person in a drawn room, as the one-frame film (YUV4MPEG2) that Chromium's
// --use-file-for-fake-video-capture plays.
import { writeFile } from 'node:fs/promises';

const kWidth = 960;
const kHeight = 720;

/** The colours and the hair of each person in the pictures. */
export const kPeople = {
  Anna: { wall: '#d9c7a8', far: '#b9a27c', skin: '#e9b48c', hair: '#5a3320', shirt: '#2f7f70', hairstyle: 'long' },
  Ben: { wall: '#9fb8bd', far: '#6f8f98', skin: '#8a5a3c', hair: '#1d1512', shirt: '#d98a3a', hairstyle: 'short' },
  Cleo: { wall: '#c9b3c4', far: '#9a7f98', skin: '#f0c8a4', hair: '#b5532c', shirt: '#3d4f86', hairstyle: 'bun' },
  Dora: { wall: '#b7c49a', far: '#8a9a68', skin: '#c98f62', hair: '#2b2430', shirt: '#a8433c', hairstyle: 'long' },
};

/** Draws `person` in `page`, and writes the film to `path`. */
export async function writePortrait(page, person, path) {
  const encoded = await page.evaluate(draw, person, kWidth, kHeight);
  const rgba = Buffer.from(encoded, 'base64');
  const header = Buffer.from(`YUV4MPEG2 W${kWidth} H${kHeight} F10:1 Ip A1:1 C420jpeg\n`);
  const frame = Buffer.concat([Buffer.from('FRAME\n'), toI420(rgba)]);
  await writeFile(path, Buffer.concat([header, frame, frame]));
}

/** Runs in the page. Returns the RGBA bytes in base64. */
function draw({ wall, far, skin, hair, shirt, hairstyle }, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const g = canvas.getContext('2d');
  const blob = (colour, x, y, rx, ry) => {
    g.fillStyle = colour;
    g.beginPath();
    g.ellipse(x, y, rx, ry, 0, 0, 7);
    g.fill();
  };
  const box = (colour, x, y, w, h, radius = 0) => {
    g.fillStyle = colour;
    g.beginPath();
    g.roundRect(x, y, w, h, radius);
    g.fill();
  };
  const light = g.createLinearGradient(0, 0, width, height);
  light.addColorStop(0, '#fff6e4');
  light.addColorStop(0.35, wall);
  light.addColorStop(1, far);
  g.fillStyle = light;
  g.fillRect(0, 0, width, height);
  box('rgb(255 255 255 / 45%)', 70, 70, 190, 250, 8); // a window, a picture, a shelf
  box(far, 160, 70, 8, 250);
  box(far, 720, 110, 150, 190, 6);
  box(wall, 734, 124, 122, 162, 4);
  box('rgb(0 0 0 / 12%)', 660, 420, 300, 14);

  const [x, y] = [width / 2, 330];
  g.translate(x, height);
  g.scale(0.8, 0.8);
  g.translate(-x, -height);
  if (hairstyle === 'long') box(hair, x - 165, y - 190, 330, 430, 150);
  if (hairstyle === 'bun') blob(hair, x, y - 215, 70, 62);
  box(skin, x - 52, y + 110, 104, 120, 40);
  blob(shirt, x, height + 110, 330, 300);
  blob('rgb(0 0 0 / 14%)', x, y + 158, 62, 26);
  blob(hair, x, y - 60, 158, 150);
  blob(skin, x, y, 138, 168);
  g.fillStyle = hair;
  g.beginPath();
  g.ellipse(x, y - 92, 146, 96, 0, Math.PI, 0);
  g.quadraticCurveTo(x + 30, y - 118, x - 20, y - 76);
  g.quadraticCurveTo(x - 90, y - 84, x - 146, y - 92);
  g.fill();
  for (const side of [-1, 1]) {
    blob('#2a1d18', x + side * 54, y - 4, 11, 14);
    blob('rgb(200 60 40 / 16%)', x + side * 80, y + 52, 28, 18);
    box(hair, x + side * 54 - 26, y - 42, 52, 9, 5);
  }
  g.strokeStyle = '#7d3b30';
  g.lineWidth = 9;
  g.lineCap = 'round';
  g.beginPath();
  g.arc(x, y + 48, 48, 0.35, Math.PI - 0.35);
  g.stroke();

  const bytes = g.getImageData(0, 0, width, height).data;
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}

/** Full-range BT.601, each chroma sample taken from one pixel of its four. */
function toI420(rgba) {
  const pixels = kWidth * kHeight;
  const planes = Buffer.alloc((pixels * 3) / 2);
  for (let i = 0; i < pixels; i += 1) {
    const [r, g, b] = rgba.subarray(i * 4, i * 4 + 3);
    planes[i] = 0.299 * r + 0.587 * g + 0.114 * b;
    const [x, y] = [i % kWidth, Math.floor(i / kWidth)];
    if (x % 2 === 1 || y % 2 === 1) continue;
    const at = pixels + (y / 2) * (kWidth / 2) + x / 2;
    planes[at] = 128 - 0.168736 * r - 0.331264 * g + 0.5 * b;
    planes[at + pixels / 4] = 128 + 0.5 * r - 0.418688 * g - 0.081312 * b;
  }
  return planes;
}
