/** For a form's `onsubmit`: does this instead of what the browser would do, which is to load another page. */
export const submitting = (action: () => unknown) => (event: SubmitEvent) => {
  event.preventDefault();
  action();
};
