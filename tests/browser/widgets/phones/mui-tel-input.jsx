// The dial code stands in the field; the list is a menu at the end of the page.
import { MuiTelInput } from "mui-tel-input";
import { useState } from "react";
import { createRoot } from "react-dom/client";

function App() {
  const [number, setNumber] = useState("");
  window.got = number;
  return <MuiTelInput value={number} onChange={setNumber} defaultCountry="FR" label="Phone" />;
}

createRoot(document.getElementById("root")).render(<App />);
