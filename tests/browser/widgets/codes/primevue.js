import Aura from "@primeuix/themes/aura";
import PrimeVue from "primevue/config";
import InputOtp from "primevue/inputotp";
import { createApp, h, ref } from "vue";

const code = ref("");
createApp({
  render: () => h(InputOtp, {
    length: 6,
    modelValue: code.value,
    "onUpdate:modelValue": (value) => (window.got = code.value = value),
  }),
}).use(PrimeVue, { theme: { preset: Aura } }).mount("#root");
