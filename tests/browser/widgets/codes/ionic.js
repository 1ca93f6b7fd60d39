// A custom element with its boxes in a shadow root or scoped, as Ionic decides.
import "@ionic/core/css/core.css";
import { initialize } from "@ionic/core/components";
import { defineCustomElement } from "@ionic/core/components/ion-input-otp.js";

initialize();
defineCustomElement();
const widget = document.createElement("ion-input-otp");
widget.length = 6;
widget.addEventListener("ionInput", (event) => (window.got = event.detail.value));
document.getElementById("root").append(widget);
