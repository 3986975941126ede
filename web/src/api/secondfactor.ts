// The routes about your second factor, which load with the settings.
import { answered, type Http } from "./http";

export function secondFactorCalls(http: Http) {
  const withPassword = (current_password: string) => ({ body: { current_password } });
  return {
    state: () => answered(http.GET("/api/auth/second-factor")),
    setUp: (password: string) => answered(http.POST("/api/auth/second-factor", withPassword(password))),
    confirm: (code: string) => answered(http.POST("/api/auth/second-factor/confirm", { body: { code } })),
    renewCodes: (password: string) =>
      answered(http.POST("/api/auth/second-factor/recovery-codes", withPassword(password))),
    remove: (password: string) =>
      answered(http.POST("/api/auth/second-factor/remove", withPassword(password))),
  };
}
