export interface Answer {
  access_token: string;
}
