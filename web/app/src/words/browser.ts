export type Browser = 'chromium' | 'firefox' | 'safari' | 'safari-phone' | 'chromium-phone' | 'firefox-phone';

export function browserOf(agent: string, touchPoints: number): Browser {
  // An iPad says that it is a Mac; no Mac has a touch screen.
  const apple = /iPhone|iPad/.test(agent) || (/Macintosh/.test(agent) && touchPoints > 1);
  if (apple) return 'safari-phone';
  const phone = /Android/.test(agent);
  if (/Firefox\//.test(agent)) return phone ? 'firefox-phone' : 'firefox';
  if (/Chrome\//.test(agent)) return phone ? 'chromium-phone' : 'chromium';
  return 'safari';
}

/** Where each browser keeps the permission that was refused. */
export const kAllowAgain: Readonly<Record<Browser, string>> = {
  chromium: 'Click the icon to the left of the address, allow camera and microphone there, then try again.',
  'chromium-phone': 'Tap the icon to the left of the address, open “Permissions”, allow both, then try again.',
  firefox: 'Click the crossed-out camera or microphone to the left of the address, clear the block, then try again.',
  'firefox-phone': 'Tap the lock to the left of the address, allow camera and microphone there, then try again.',
  safari: 'In the menu Safari → Settings for This Website, allow camera and microphone, then try again.',
  'safari-phone': 'Tap the page menu beside the address → Website Settings, allow both, then try again.',
};
