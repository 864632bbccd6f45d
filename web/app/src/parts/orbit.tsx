/** The picture on the home page: two windows on one path around the same sphere. */
export function Orbit() {
  return (
    <svg class="orbit" viewBox="0 0 440 420" aria-hidden="true" focusable="false">
      <circle class="orbit-globe" cx="220" cy="236" r="150" />
      <g class="orbit-lines">
        <ellipse cx="220" cy="236" rx="62" ry="150" />
        <ellipse cx="220" cy="236" rx="118" ry="150" />
        <path d="M78 186h284M78 286h284" />
      </g>
      <path class="orbit-path" d="M104 158C150 40 290 40 336 158" />
      <g transform="translate(28 132)">
        <rect class="orbit-window" width="150" height="112" rx="22" />
        <circle class="orbit-face" cx="75" cy="46" r="20" />
        <path class="orbit-face" d="M37 112a38 38 0 0 1 76 0z" />
      </g>
      <g transform="translate(262 132)">
        <rect class="orbit-window warm" width="150" height="112" rx="22" />
        <circle class="orbit-face warm" cx="75" cy="46" r="20" />
        <path class="orbit-face warm" d="M37 112a38 38 0 0 1 76 0z" />
      </g>
    </svg>
  );
}
