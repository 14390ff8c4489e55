// What the arguments of stream commands mean: ids, ranges, trims. Pure: they touch nothing.
#ifndef EVLOG_SERVER_COMMANDS_STREAM_ARGS_H_
#define EVLOG_SERVER_COMMANDS_STREAM_ARGS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "evlog/append.h"
#include "evlog/entry_id.h"
#include "evlog/read.h"
#include "evlog/trim.h"
#include "server/wire/resp_parser.h"

namespace evlog::server {

// Each parser gives the error reply where the arguments are wrong; empty: they are fine.
using ParseError = std::string;

// `ms-seq`, or `ms`, whose sequence is then `missing_seq`. False: it is no id.
bool ParseId(std::string_view text, uint64_t missing_seq, EntryId* id);

// The beginning or the end of XRANGE: an id, "-", "+", or "(" and an id.
ParseError ParseRangeStart(std::string_view text, EntryId* id);
ParseError ParseRangeEnd(std::string_view text, EntryId* id);

// The options of XADD and XTRIM that say what to trim: MAXLEN or MINID, then LIMIT; and what
// becomes of references to entries that go (KEEPREF, DELREF, ACKED).
class TrimArgs {
 public:
  // Takes the option at args[*at] if it is one of these, and moves *at behind it. `taken`: it was.
  ParseError Take(Args args, size_t* at, bool* taken);
  // All options are taken; `required`: there must be something to trim.
  ParseError Finish(bool required);

  bool trims() const { return strategy_ != Strategy::kNone; }
  // What to do, durable as far as write(2): a trim that is lost is done again by the next.
  TrimOptions options() const;

 private:
  enum class Strategy : uint8_t { kNone, kMaxLen, kMinId };

  ParseError TakeThreshold(Args args, size_t* at);

  Strategy strategy_ = Strategy::kNone;
  References references_ = References::kKeep;
  bool approximate_ = false;
  uint64_t max_entries_ = 0;
  EntryId min_id_;
  std::optional<uint64_t> limit_;
};

// XADD key [NOMKSTREAM] [KEEPREF | DELREF | ACKED] [IDMPAUTO pid | IDMP pid iid]
//      [MAXLEN | MINID [= | ~] threshold [LIMIT n]] <* | id> field value ...
struct XaddArgs {
  enum class Id : uint8_t { kAuto, kAutoSequence, kGiven };

  ParseError Parse(Args args);

  std::string_view key;
  bool make_stream = true;
  TrimArgs trim;
  std::optional<Idempotence> idempotence;
  Id id_kind = Id::kAuto;
  EntryId id;   // of kAutoSequence only its milliseconds
  Args fields;  // names and values
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_COMMANDS_STREAM_ARGS_H_
