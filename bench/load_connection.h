// A client of the load generator, and the loop that drives many of them from one thread. The same
// one asks both servers.
#ifndef EVLOG_BENCH_LOAD_CONNECTION_H_
#define EVLOG_BENCH_LOAD_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/reply_reader.h"

namespace evlog::bench {

// Appends a request to `out`, as Redis' clients encode it.
void AppendRequest(std::string* out, std::initializer_list<std::string_view> words);

class LoadConnection {
 public:
  // To a port of this machine. Errors: UNAVAILABLE.
  static absl::StatusOr<std::unique_ptr<LoadConnection>> Open(int port);
  ~LoadConnection();
  LoadConnection(const LoadConnection&) = delete;
  LoadConnection& operator=(const LoadConnection&) = delete;

  // What the next Send sends; whoever adds a request says how many replies it has.
  std::string* out() { return &out_; }
  void Expect(uint64_t replies) { expected_ += replies; }
  void Ask(std::initializer_list<std::string_view> words) {
    AppendRequest(&out_, words);
    Expect(1);
  }
  bool waiting() const { return reader_.replies() < expected_; }

  // Blocks as long as the server does not take it.
  absl::Status Send();
  // Takes what has come, and waits for nothing. Errors: UNAVAILABLE (closed), INTERNAL (an error of
  // the server).
  absl::Status Receive();
  // Sends, and waits for all replies.
  absl::Status Await();

  int fd() const { return fd_; }
  ReplyReader& reader() { return reader_; }

 private:
  explicit LoadConnection(int fd);

  const int fd_;
  std::string out_;
  std::vector<char> in_;
  size_t held_ = 0;  // bytes at the beginning of in_ that were not taken yet
  uint64_t expected_ = 0;
  ReplyReader reader_;
};

using LoadConnections = std::vector<std::unique_ptr<LoadConnection>>;
absl::StatusOr<LoadConnections> OpenConnections(int port, int count);

// Asks `next` for the requests of each connection, at first and whenever all of its replies are
// there, until it answers false for each: nothing more.
using NextRequests = absl::FunctionRef<bool(size_t, LoadConnection&)>;
absl::Status Drive(const LoadConnections& connections, NextRequests next);

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_LOAD_CONNECTION_H_
