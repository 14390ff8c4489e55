#include "cli/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/exit_code.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

void Notify(int event_fd) {
  const uint64_t one = 1;
  // An eventfd takes 2^64 - 2 of these before it would block.
  [[maybe_unused]] const ssize_t written = write(event_fd, &one, sizeof one);
}

void Clear(int event_fd) {
  uint64_t count;
  [[maybe_unused]] const ssize_t got = read(event_fd, &count, sizeof count);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Interrupt>> Interrupt::Start() {
  signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  struct sigaction inherited;
  if (sigaction(SIGINT, nullptr, &inherited) != 0 || inherited.sa_handler != SIG_IGN) {
    sigaddset(&signals, SIGINT);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const int signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
  const int wake_fd = eventfd(0, EFD_CLOEXEC);
  const int control_fd = eventfd(0, EFD_CLOEXEC);
  std::unique_ptr<Interrupt> interrupt(new Interrupt(signal_fd, wake_fd, control_fd));
  if (signal_fd < 0 || wake_fd < 0 || control_fd < 0) {
    return Error(absl::StatusCode::kInternal, "signals: {}", strerror(errno));
  }
  interrupt->thread_ = std::thread([raw = interrupt.get()] { raw->Run(); });
  return interrupt;
}

Interrupt::Interrupt(int signal_fd, int wake_fd, int control_fd)
    : signal_fd_(signal_fd), wake_fd_(wake_fd), control_fd_(control_fd) {}

Interrupt::~Interrupt() {
  if (thread_.joinable()) {
    ending_ = true;
    Notify(control_fd_);
    thread_.join();
  }
  for (int fd : {signal_fd_, wake_fd_, control_fd_}) {
    if (fd >= 0) close(fd);
  }
}

void Interrupt::WatchOutput(int fd) {
  output_fd_ = fd;
  Notify(control_fd_);
}

void Interrupt::Run() {
  while (!ending_) {
    // No events are asked of the output: its errors and its hang-up are always told.
    pollfd fds[] = {{control_fd_, POLLIN, 0}, {signal_fd_, POLLIN, 0}, {output_fd_, 0, 0}};
    if (poll(fds, 3, -1) < 0) continue;
    if (fds[0].revents != 0) Clear(control_fd_);
    if (fds[1].revents != 0) {
      signalfd_siginfo info;
      if (read(signal_fd_, &info, sizeof info) != sizeof info) continue;
      if (signalled_) _exit(static_cast<int>(ExitCode::kInterrupted));
      signalled_ = true;
      Notify(wake_fd_);
      stop_.request_stop();
    }
    if ((fds[2].revents & (POLLERR | POLLHUP)) != 0) {
      output_fd_ = -1;
      Notify(wake_fd_);
      stop_.request_stop();
    }
  }
}

}  // namespace evlog::cli
