// A plugin that reads the global must find it before it is loaded itself.
import jQuery from "jquery";

window.jQuery = window.$ = jQuery;
