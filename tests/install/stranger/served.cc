// A program that serves the log that it uses itself.
#include <evlog/event_log.h>
#include <evlog/server.h>

#include <cstdio>

int main(int, char** argv) {
  auto log = evlog::Open(argv[1]);
  if (!log.ok()) return 1;
  auto server = evlog::Server::Start(log->get(), {.port = 0});
  if (!server.ok()) return 2;
  auto stream = (*log)->OpenStream("greetings");
  if (!stream.ok() || !stream->Append({{"text", "hello"}}).ok()) return 3;
  std::printf("serving on port %d\n", (*server)->port());
  (*server)->Stop();
}
