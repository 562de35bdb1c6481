const URL_ADVICE = 'or set COORDINATOR_REDIS_URL to a Redis that runs elsewhere';

/** What a person can do where no Redis was found, by Node's name of the platform. Completes REDIS_NOT_FOUND's sentence. */
export function redisAdvice(platform: string): string {
  switch (platform) {
    case 'darwin':
      return `install one ("brew install redis"), ${URL_ADVICE}`;
    case 'win32':
      return `Redis does not run on Windows itself: run the coordinator inside WSL, ${URL_ADVICE}`;
    case 'linux':
      return `install one ("sudo apt install redis-server", "sudo dnf install valkey" or your system's like), ${URL_ADVICE}`;
    default:
      return `install redis-server 6.2 or newer, ${URL_ADVICE}`;
  }
}
