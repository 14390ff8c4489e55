#include "bench/server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "bench/load_connection.h"
#include "bench/process_usage.h"
#include "bench/threads.h"
#include "log/base/status.h"

namespace evlog::bench {
namespace {

// Debian's redis-tools have the server under this name, without a service that it would start.
constexpr const char* kRedisProgram = "/usr/bin/redis-check-rdb";
// A server that loads five million entries takes seconds.
constexpr int kTriesMax = 120'000;
constexpr int kTryMs = 1;

absl::StatusOr<int> FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool found = fd >= 0 && bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  const int error = errno;
  close(fd);
  if (!found) return absl::ErrnoToStatus(error, "no free port");
  return ntohs(address.sin_port);
}

std::vector<std::string> EvlogCommand(Durability durability, const std::string& dir, int port) {
  return {EVLOG_PROGRAM,  "serve",
          "--dir",        dir + "/log",
          "--listen",     "127.0.0.1:" + std::to_string(port),
          "--durability", durability == Durability::kSync ? "sync" : "os",
          "--maxclients", "20000"};
}

// It rewrites its file only when it is told to, so that it does not fork while it is measured.
std::vector<std::string> RedisCommand(Durability durability, const std::string& dir, int port) {
  return {dir + "/redis-server",
          "--port",
          std::to_string(port),
          "--bind",
          "127.0.0.1",
          "--dir",
          dir,
          "--save",
          "",
          "--appendonly",
          "yes",
          "--appendfsync",
          durability == Durability::kSync ? "always" : "everysec",
          "--auto-aof-rewrite-percentage",
          "0",
          "--maxclients",
          "20000"};
}

std::vector<std::string> NatsCommand(int port) {
  return {EVLOG_NATS_PROGRAM, "--addr", "127.0.0.1", "--port", std::to_string(port)};
}

absl::StatusOr<pid_t> Spawn(std::vector<std::string> words, const std::string& log) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0644);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0)
    return Error(absl::StatusCode::kNotFound, "{}: {}", words[0], std::strerror(error));
  return pid;
}

}  // namespace

bool NatsIsHere() { return access(EVLOG_NATS_PROGRAM, X_OK) == 0; }

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::Start(Peer peer,
                                                                    Durability durability,
                                                                    const std::string& dir) {
  ASSIGN_OR_RETURN(const int port, FreePort());
  std::vector<std::string> command;
  if (peer == Peer::kEvlog) {
    command = EvlogCommand(durability, dir, port);
  } else if (peer == Peer::kNats) {
    command = NatsCommand(port);
  } else {
    if (access(kRedisProgram, X_OK) != 0) {
      return Error(absl::StatusCode::kNotFound, "{}: Debian's package redis-tools has it",
                   kRedisProgram);
    }
    command = RedisCommand(durability, dir, port);
    // It is what it is called.
    if (symlink(kRedisProgram, command[0].c_str()) != 0 && errno != EEXIST) {
      return absl::ErrnoToStatus(errno, command[0]);
    }
  }
  const std::string log = dir + "/said";
  PinThread(0);
  absl::StatusOr<pid_t> pid = Spawn(std::move(command), log);
  PinThread(1);
  RETURN_IF_ERROR(pid.status());
  std::unique_ptr<ServerProcess> server(new ServerProcess(*pid, port, log));
  // NATS speaks first.
  RETURN_IF_ERROR(peer == Peer::kNats ? server->AwaitReply("", "INFO")
                                      : server->AwaitReply("*1\r\n$4\r\nPING\r\n", "+PONG"));
  return server;
}

ServerProcess::~ServerProcess() { Kill(); }

bool ServerProcess::Ended() {
  if (pid_ != 0 && waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = 0;
  return pid_ == 0;
}

std::string ServerProcess::LastWords() const {
  std::ifstream file(log_);
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  return all.substr(all.size() - std::min<size_t>(all.size(), 500));
}

absl::Status ServerProcess::AwaitReply(const std::string& request, const std::string& reply) {
  for (int i = 0; i != kTriesMax; ++i) {
    if (Ended()) break;
    absl::StatusOr<std::unique_ptr<LoadConnection>> connection = LoadConnection::Open(port_);
    if (connection.ok()) {
      *(*connection)->out() = request;
      (*connection)->Expect(1);
      // What is still loading answers with an error.
      if ((*connection)->Await().ok() && (*connection)->reader().last_line().starts_with(reply)) {
        return absl::OkStatus();
      }
    }
    poll(nullptr, 0, kTryMs);
  }
  return Error(absl::StatusCode::kUnavailable, "the server does not answer: {}", LastWords());
}

absl::Status ServerProcess::Stop() {
  if (pid_ == 0) return absl::OkStatus();
  kill(pid_, SIGINT);  // at SIGTERM nats-server ends with an error, whatever it did
  int code = 0;
  waitpid(pid_, &code, 0);
  pid_ = 0;
  if (code != 0)
    return Error(absl::StatusCode::kInternal, "it ended with {}: {}", code, LastWords());
  return absl::OkStatus();
}

void ServerProcess::Kill() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

double ServerProcess::CpuSeconds() const { return CpuSecondsOf(pid_); }

double ServerProcess::ResidentMiB() const { return ResidentMiBOf(pid_); }

}  // namespace evlog::bench
