// One real input over drawn boxes.
import { OTPInput } from "input-otp";
import { createRoot } from "react-dom/client";

const Box = ({ char, isActive }) => (
  <span style={{ width: 32, height: 40, border: "1px solid", outline: isActive && "2px solid" }}>
    {char}
  </span>
);

createRoot(document.getElementById("root")).render(
  <OTPInput
    maxLength={6}
    onChange={(code) => (window.got = code)}
    render={({ slots }) => (
      <div style={{ display: "flex", gap: 8 }}>
        {slots.map((slot, i) => <Box key={i} {...slot} />)}
      </div>
    )}
  />,
);
