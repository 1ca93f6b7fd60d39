// A jQuery plugin that replaces one input by boxes.
import "bootstrap-pincode-input/css/bootstrap-pincode-input.css";
import "../parts/jquery.js";
import "bootstrap-pincode-input/js/bootstrap-pincode-input.js";

const input = document.createElement("input");
document.getElementById("root").append(input);
window.jQuery(input).pincodeInput({
  inputs: 6,
  hidedigits: true,
  change: () => (window.got = input.value),
  complete: (code) => (window.got = code),
});
