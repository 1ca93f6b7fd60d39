// A native list of countries, drawn over by a flag, and a field that formats as one types.
import "react-phone-number-input/style.css";
import { useState } from "react";
import { createRoot } from "react-dom/client";
import PhoneInput from "react-phone-number-input";

function App() {
  const [number, setNumber] = useState();
  window.got = number;
  return <PhoneInput value={number} onChange={setNumber} defaultCountry="FR" />;
}

createRoot(document.getElementById("root")).render(<App />);
