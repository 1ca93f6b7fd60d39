import "@angular/compiler";
import { Component, provideZonelessChangeDetection } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";
import { NgOtpInputComponent } from "ng-otp-input";

const App = Component({
  selector: "#root",
  imports: [NgOtpInputComponent],
  template: `<ng-otp-input (onInputChange)="keep($event)" [config]="{ length: 6 }" />`,
})(class {
  keep(code) {
    window.got = code;
  }
});

bootstrapApplication(App, { providers: [provideZonelessChangeDetection()] });
