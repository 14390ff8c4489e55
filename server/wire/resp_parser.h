// Requests as Redis' clients send them: arrays of bulk strings, and inline commands.
//
// Incremental: it is handed what has come of a request so far, remembers how far it got, and goes
// on there when it is handed more. It copies nothing: arguments are views into what it was handed
// (inline arguments in quotes aside). Bounded: every length is judged before anything is waited
// for, and each refusal has the text that Redis has for it.
#ifndef EVLOG_SERVER_WIRE_RESP_PARSER_H_
#define EVLOG_SERVER_WIRE_RESP_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evlog::server {

using Args = std::span<const std::string_view>;

struct RequestLimits {
  size_t args = size_t{1} << 20;
  size_t bulk_bytes = size_t{32} << 20;
  size_t request_bytes = size_t{64} << 20;
  size_t line_bytes = size_t{64} << 10;  // of an inline command, or of a line with a length
  // What one who has not shown a password may send.
  size_t unauthenticated_args = 10;
  size_t unauthenticated_bulk_bytes = size_t{16} << 10;
};

class RespParser {
 public:
  enum class Result : uint8_t {
    kRequest,  // a whole request; it may have no arguments, and is then nothing
    kMore,     // not whole yet
    kError,    // not a request; nothing behind it can be read either
  };

  // `limits` outlive it.
  explicit RespParser(const RequestLimits* limits) : limits_(limits) {}

  // Looks at `input`, which begins where the request does: what was handed in before, and perhaps
  // more. After kRequest, the next call is about the next request.
  Result Parse(std::string_view input, bool authenticated = true);

  // After kRequest: views into that input, and how much of it the request takes.
  Args args() const { return args_; }
  size_t consumed() const { return consumed_; }
  // After kError: "Protocol error: ...".
  const std::string& error() const { return error_; }
  // Bytes that it needs at least before it can go on; 0: unknown.
  size_t wanted() const { return wanted_; }

  // Gives back the memory that a large request took. Whenever; the views of `args` end.
  void Shrink();

 private:
  struct Place {
    size_t offset;
    size_t size;
  };
  enum class State : uint8_t { kStart, kInline, kBulkLength, kBulk };

  Result Fail(std::string error);
  Result Finish(std::string_view input, size_t end);
  Result ParseInline(std::string_view input);
  // kRequest: the line at at_ is whole, and at_ is behind it.
  Result TakeLine(std::string_view input, const char* too_long, std::string_view* line);
  Result TakeCount(std::string_view input, bool authenticated);
  Result TakeBulkLength(std::string_view input, bool authenticated);

  const RequestLimits* const limits_;
  State state_ = State::kStart;
  size_t at_ = 0;       // what comes next begins here
  size_t scanned_ = 0;  // no end of line before this
  size_t left_ = 0;     // arguments to come
  size_t bulk_ = 0;     // size of the argument at at_
  size_t wanted_ = 0;
  size_t consumed_ = 0;
  std::vector<Place> places_;
  std::vector<std::string_view> args_;
  std::vector<std::string> unquoted_;  // arguments of an inline command
  std::string error_;
};

// Splits an inline command as redis-server does: blanks part arguments; within double quotes \n \r
// \t \b \a \xHH and \ before any byte are what they are in C, within single quotes only \'. False:
// quotes do not end, or something follows them.
bool SplitInline(std::string_view line, std::vector<std::string>* args);

// A decimal number as RESP has it: no blanks, no plus, no leading zeros.
bool ParseNumber(std::string_view text, int64_t* value);

}  // namespace evlog::server

#endif  // EVLOG_SERVER_WIRE_RESP_PARSER_H_
