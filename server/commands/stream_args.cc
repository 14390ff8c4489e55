#include "server/commands/stream_args.h"

#include <charconv>

#include "server/call.h"
#include "server/commands/setting_values.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

// What Redis trims at most by one `~` without LIMIT: 100 nodes of stream-node-max-entries.
constexpr uint64_t kApproximateLimit = 100 * kApproximateEntries;

// Digits; leading zeros and a plus are fine, as in Redis.
bool ParseUnsigned(std::string_view text, uint64_t* value) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text.front() < '0' || text.front() > '9') return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

bool ParseId(std::string_view text, uint64_t missing_seq, EntryId* id) {
  const size_t dash = text.find('-');
  id->seq = missing_seq;
  if (!ParseUnsigned(text.substr(0, dash), &id->ms)) return false;
  return dash == std::string_view::npos || ParseUnsigned(text.substr(dash + 1), &id->seq);
}

ParseError ParseRangeStart(std::string_view text, EntryId* id) {
  if (text == "-") {
    *id = EntryId::Min();
    return {};
  }
  if (text == "+") {
    *id = EntryId::Max();
    return {};
  }
  const bool exclusive = text.starts_with('(');
  if (!ParseId(text.substr(exclusive ? 1 : 0), 0, id)) return kInvalidId;
  if (!exclusive) return {};
  if (*id == EntryId::Max()) return "ERR invalid start ID for the interval";
  *id = id->Successor();
  return {};
}

ParseError ParseRangeEnd(std::string_view text, EntryId* id) {
  if (text == "-" || text == "+") return ParseRangeStart(text, id);
  const bool exclusive = text.starts_with('(');
  if (!ParseId(text.substr(exclusive ? 1 : 0), UINT64_MAX, id)) return kInvalidId;
  if (!exclusive) return {};
  if (*id == EntryId::Min()) return "ERR invalid end ID for the interval";
  *id = id->Predecessor();
  return {};
}

std::optional<References> ParseReferences(std::string_view word) {
  if (Is(word, "KEEPREF")) return References::kKeep;
  if (Is(word, "DELREF")) return References::kDrop;
  if (Is(word, "ACKED")) return References::kOnlyAcknowledged;
  return std::nullopt;
}

ParseError TrimArgs::TakeThreshold(Args args, size_t* at) {
  const Strategy strategy = Is(args[*at], "MAXLEN") ? Strategy::kMaxLen : Strategy::kMinId;
  if (strategy_ != Strategy::kNone) {
    return "ERR syntax error, MAXLEN and MINID options at the same time are not compatible";
  }
  ++*at;
  approximate_ = false;
  if (*at + 1 < args.size() && (args[*at] == "~" || args[*at] == "=")) {
    approximate_ = args[*at] == "~";
    ++*at;
  }
  if (strategy == Strategy::kMaxLen) {
    int64_t entries = 0;
    if (!ParseNumber(args[*at], &entries)) return kNotAnInteger;
    if (entries < 0) return "ERR The MAXLEN argument must be >= 0.";
    max_entries_ = static_cast<uint64_t>(entries);
  } else if (!ParseId(args[*at], 0, &min_id_)) {
    return kInvalidId;
  }
  ++*at;
  strategy_ = strategy;
  return {};
}

ParseError TrimArgs::Take(Args args, size_t* at, bool* taken) {
  const std::string_view option = args[*at];
  const bool more = *at + 1 < args.size();
  *taken = true;
  if (more && (Is(option, "MAXLEN") || Is(option, "MINID"))) return TakeThreshold(args, at);
  if (more && Is(option, "LIMIT")) {
    int64_t limit = 0;
    if (!ParseNumber(args[*at + 1], &limit)) return kNotAnInteger;
    if (limit < 0) return "ERR The LIMIT argument must be >= 0.";
    limit_ = static_cast<uint64_t>(limit);
    *at += 2;
    return {};
  }
  // A second one is no option, as in Redis: XTRIM refuses it, XADD takes it for its id.
  if (!references_ && (references_ = ParseReferences(option))) {
    ++*at;
    return {};
  }
  *taken = false;
  return {};
}

ParseError TrimArgs::Finish(bool required) {
  if (limit_ && !trims()) {
    return "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy";
  }
  if (required && !trims()) {
    return "ERR syntax error, XTRIM must be called with a trimming strategy";
  }
  if (limit_ && !approximate_) {
    return "ERR syntax error, LIMIT cannot be used without the special ~ option";
  }
  return {};
}

TrimOptions TrimArgs::options() const {
  TrimOptions options;
  options.keep.exact = !approximate_;
  if (strategy_ == Strategy::kMaxLen) options.keep.max_entries = max_entries_;
  if (strategy_ == Strategy::kMinId) options.keep.min_id = min_id_;
  if (approximate_) {
    const uint64_t limit = limit_.value_or(kApproximateLimit);
    if (limit != 0) options.limit = limit;
  }
  options.durability = Durability::kOs;
  options.references = references_.value_or(References::kKeep);
  return options;
}

ParseError XaddExtras::TakeExpect(Args args, size_t* at) {
  const std::string_view kind = args[*at + 1];
  if (Is(kind, "NONE")) {
    expect = Expect::NoEntries();
    *at += 2;
    return {};
  }
  if (*at + 2 >= args.size()) return kSyntaxError;
  const std::string_view value = args[*at + 2];
  *at += 3;
  if (Is(kind, "ID")) {
    EntryId id;
    if (!ParseId(value, 0, &id)) return kInvalidId;
    expect = Expect::LastId(id);
    return {};
  }
  uint64_t offset = 0;
  if (!Is(kind, "OFFSET")) return kSyntaxError;
  if (!ParseCount(value, &offset)) return kNotAnInteger;
  expect = Expect::Offset(offset);
  return {};
}

ParseError XaddExtras::TakeTime(Args args, size_t* at) {
  uint64_t ms = 0;
  if (!ParseCount(args[*at + 1], &ms)) return kNotAnInteger;
  if (Is(args[*at], "DELAY")) {
    delay = absl::Milliseconds(ms);
  } else {
    due = absl::FromUnixMillis(static_cast<int64_t>(ms));
  }
  *at += 2;
  if (delay && due) return "ERR syntax error, DELAY and AT at the same time are not compatible";
  return {};
}

ParseError XaddExtras::Take(Args args, size_t* at, bool* taken) {
  const std::string_view option = args[*at];
  *taken = *at + 1 < args.size();
  if (*taken && Is(option, "EXPECT")) return TakeExpect(args, at);
  if (*taken && (Is(option, "DELAY") || Is(option, "AT"))) return TakeTime(args, at);
  if (*taken && Is(option, "KEY")) {
    key = args[*at + 1];
    *at += 2;
    return {};
  }
  if (*taken && Is(option, "DURABILITY")) {
    if (!ParseDurability(args[*at + 1], &durability.emplace())) return kSyntaxError;
    *at += 2;
    return {};
  }
  *taken = false;
  return {};
}

ParseError XaddArgs::TakeOptions(Args args, size_t* at) {
  for (;;) {
    if (*at >= args.size()) return "ERR wrong number of arguments for 'xadd' command";
    bool taken = false;
    if (args[*at] == "*") return {};
    if (ParseError error = trim.Take(args, at, &taken); !error.empty()) return error;
    if (taken) continue;
    if (ParseError error = extras.Take(args, at, &taken); !error.empty()) return error;
    if (taken) continue;
    const bool by_content = Is(args[*at], "IDMPAUTO") && *at + 1 < args.size();
    const bool by_id = Is(args[*at], "IDMP") && *at + 2 < args.size();
    if ((by_content || by_id) && idempotence) {
      return "ERR syntax error, IDMP/IDMPAUTO specified multiple times";
    }
    if (Is(args[*at], "NOMKSTREAM")) {
      make_stream = false;
      ++*at;
    } else if (by_content) {
      idempotence = Idempotence::Content(args[*at + 1]);
      *at += 2;
    } else if (by_id) {
      idempotence = Idempotence::Id(args[*at + 1], args[*at + 2]);
      *at += 3;
    } else {
      return {};
    }
  }
}

ParseError XaddArgs::Check() const {
  if (id_kind == Id::kGiven && id == EntryId::Min()) {
    return "ERR The ID specified in XADD must be greater than 0-0";
  }
  if (idempotence && id_kind != Id::kAuto) {
    return "ERR IDMP and IDMPAUTO can be used only with auto-generated IDs";
  }
  if (extras.expect && id_kind == Id::kAutoSequence) {
    return "ERR EXPECT cannot be used with an ID whose sequence is generated";
  }
  const bool plain = id_kind == Id::kAuto && !extras.expect && !idempotence && !trim.trims();
  if (extras.delayed() && !plain) {
    return "ERR DELAY and AT can be used only with auto-generated IDs, and without EXPECT, IDMP, "
           "MAXLEN and MINID";
  }
  return {};
}

ParseError XaddArgs::Parse(Args args) {
  key = args[1];
  size_t at = 2;
  if (ParseError error = TakeOptions(args, &at); !error.empty()) return error;
  const std::string_view text = args[at];
  if (text != "*") {
    id_kind = text.ends_with("-*") ? Id::kAutoSequence : Id::kGiven;
    const std::string_view number = text.substr(0, text.size() - (id_kind == Id::kGiven ? 0 : 2));
    const bool whole = id_kind == Id::kGiven || number.find('-') == std::string_view::npos;
    if (!whole || !ParseId(number, 0, &id)) return kInvalidId;
  }
  if (ParseError error = trim.Finish(/*required=*/false); !error.empty()) return error;
  fields = args.subspan(at + 1);
  if (fields.empty() || fields.size() % 2 != 0) {
    return "ERR wrong number of arguments for 'xadd' command";
  }
  return Check();
}

Fields FieldsOf(const XaddArgs& args) {
  thread_local std::vector<FieldView> fields;
  fields.clear();
  for (size_t i = 0; i < args.fields.size(); i += 2) {
    fields.push_back({args.fields[i], args.fields[i + 1]});
  }
  return fields;
}

}  // namespace evlog::server
