import { mount } from "svelte";
import PinInput from "../parts/PinInput.svelte";

mount(PinInput, { target: document.getElementById("root") });
