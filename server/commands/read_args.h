// What XREAD and XREADGROUP have in common: how much they read, and the reply over several streams.
#ifndef EVLOG_SERVER_COMMANDS_READ_ARGS_H_
#define EVLOG_SERVER_COMMANDS_READ_ARGS_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/time/time.h"
#include "server/commands/stream_args.h"
#include "server/wire/resp_writer.h"

namespace evlog::server {

// COUNT n, BLOCK ms, MAXCOUNT n, MAXSIZE bytes.
struct ReadArgs {
  // Whether that option is one of these.
  static bool Has(std::string_view option);
  ParseError Take(std::string_view option, std::string_view text);
  // All options are taken.
  ParseError Check() const;

  uint64_t count = UINT64_MAX;  // of each stream
  uint64_t max_count = UINT64_MAX;
  size_t max_bytes = SIZE_MAX;
  bool blocks = false;
  absl::Duration timeout = absl::InfiniteDuration();
};

// A reply of entries by stream, each stream with a name: only those that have something to show.
class StreamsReply {
 public:
  // Both outlive this.
  StreamsReply(RespWriter* reply, const ReadArgs* args);

  // What the next stream may add: entries, and bytes (SIZE_MAX: any).
  uint64_t count_left() const;
  size_t bytes_left() const;
  // There is something to show, and no room for more.
  bool full() const;

  // Begins a stream, whose entries are written to the reply then; until End or Drop.
  void Begin(std::string_view name);
  void End(size_t entries);
  void Drop();
  // Takes everything back; an error takes its place.
  void Fail();
  // False: there was no stream, and nothing is written.
  bool Finish();

 private:
  size_t used() const { return reply_.Mark() - begin_; }

  RespWriter& reply_;
  const ReadArgs& args_;
  const size_t begin_;
  size_t stream_mark_ = 0;
  size_t entries_mark_ = 0;
  size_t streams_ = 0;
  uint64_t entries_ = 0;
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_COMMANDS_READ_ARGS_H_
