// A small mouse with the button that is meant.

export function Mouse({ button }: { button: "l" | "r" | "d" }) {
  const left = "M7 1.4v6H1.4V7A5.6 5.6 0 0 1 7 1.4z";
  const right = "M7 1.4v6h5.6V7A5.6 5.6 0 0 0 7 1.4z";
  return (
    <svg width="14" height="18" viewBox="0 0 14 18" aria-hidden="true" className="mouse">
      <rect
        x=".75"
        y=".75"
        width="12.5"
        height="16.5"
        rx="6.2"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.3"
      />
      <path d={button === "r" ? right : left} fill="currentColor" />
      {button === "d" && (
        <path d="M3 14.5h8M9 12.5l2 2-2 2" fill="none" stroke="currentColor" strokeWidth="1.3" />
      )}
    </svg>
  );
}
