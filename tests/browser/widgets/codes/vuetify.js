import "vuetify/styles";
import { createApp, h } from "vue";
import { createVuetify } from "vuetify";
import { VOtpInput } from "vuetify/components/VOtpInput";

createApp({
  render: () => h(VOtpInput, { length: 6, "onUpdate:modelValue": (code) => (window.got = code) }),
}).use(createVuetify()).mount("#root");
