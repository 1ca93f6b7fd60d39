import { useState } from "react";
import { createRoot } from "react-dom/client";
import OtpInput from "react-otp-input";

function App() {
  const [code, setCode] = useState("");
  window.got = code;
  return (
    <OtpInput
      value={code}
      onChange={setCode}
      numInputs={6}
      renderSeparator={<span>-</span>}
      renderInput={(props) => <input {...props} />}
    />
  );
}

createRoot(document.getElementById("root")).render(<App />);
