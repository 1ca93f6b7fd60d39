import "vue-tel-input/vue-tel-input.css";
import { createApp, h, ref } from "vue";
import { VueTelInput } from "vue-tel-input";

const number = ref("");
createApp({
  render: () => h(VueTelInput, {
    modelValue: number.value,
    mode: "national",
    defaultCountry: "FR",
    autoDefaultCountry: false,
    "onUpdate:modelValue": (value) => (number.value = value),
    onOnInput: (_text, state) => (window.got = state?.number),
    onValidate: (state) => (window.got = state?.number),
  }),
}).mount("#root");
