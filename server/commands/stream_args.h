// What the arguments of stream commands mean: ids, ranges, trims. Pure: they touch nothing.
#ifndef EVLOG_SERVER_COMMANDS_STREAM_ARGS_H_
#define EVLOG_SERVER_COMMANDS_STREAM_ARGS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "evlog/append.h"
#include "evlog/entry.h"
#include "evlog/entry_id.h"
#include "evlog/expect.h"
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

// KEEPREF, DELREF, ACKED; nullopt: another word.
std::optional<References> ParseReferences(std::string_view word);

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
  std::optional<References> references_;
  bool approximate_ = false;
  uint64_t max_entries_ = 0;
  EntryId min_id_;
  std::optional<uint64_t> limit_;
};

// What XADD takes beyond Redis' options:
//      [KEY key] [EXPECT NONE | OFFSET n | ID id] [DURABILITY ASYNC | OS | SYNC]
//      [DELAY ms | AT unix-ms]
struct XaddExtras {
  // Takes the option at args[*at] if it is one of these, and moves *at behind it. `taken`: it was.
  ParseError Take(Args args, size_t* at, bool* taken);
  bool delayed() const { return delay || due; }

  std::optional<std::string_view> key;  // routes to a partition
  std::optional<Expect> expect;
  std::optional<Durability> durability;
  std::optional<absl::Duration> delay;
  std::optional<absl::Time> due;

 private:
  ParseError TakeExpect(Args args, size_t* at);
  ParseError TakeTime(Args args, size_t* at);
};

// XADD key [NOMKSTREAM] [KEEPREF | DELREF | ACKED] [IDMPAUTO pid | IDMP pid iid]
//      [MAXLEN | MINID [= | ~] threshold [LIMIT n]] [extras] <* | id> field value ...
struct XaddArgs {
  enum class Id : uint8_t { kAuto, kAutoSequence, kGiven };

  ParseError Parse(Args args);

  std::string_view key;
  bool make_stream = true;
  TrimArgs trim;
  std::optional<Idempotence> idempotence;
  XaddExtras extras;
  Id id_kind = Id::kAuto;
  EntryId id;   // of kAutoSequence only its milliseconds
  Args fields;  // names and values

 private:
  ParseError TakeOptions(Args args, size_t* at);
  ParseError Check() const;
};

// Views, of this thread until its next call.
Fields FieldsOf(const XaddArgs& args);

}  // namespace evlog::server

#endif  // EVLOG_SERVER_COMMANDS_STREAM_ARGS_H_
