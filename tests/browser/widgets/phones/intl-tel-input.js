// A searchable list, the dial code beside the field, and a strict field that refuses a plus.
// Without the pictures of its flags, which take Chromium seconds to decode.
import "intl-tel-input/styles-no-assets";
import intlTelInput from "intl-tel-input/intlTelInputWithUtils";

const input = document.createElement("input");
input.type = "tel";
document.getElementById("root").append(input);
const widget = intlTelInput(input, { initialCountry: "fr", separateDialCode: true });
for (const event of ["input", "countrychange"]) {
  input.addEventListener(event, () => (window.got = widget.getNumber()));
}
