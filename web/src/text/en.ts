export { text } from "./texts";
