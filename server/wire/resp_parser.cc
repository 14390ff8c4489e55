#include "server/wire/resp_parser.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace evlog::server {

namespace {

constexpr size_t kKeptArgs = 1024;  // beyond, memory is given back

}  // namespace

bool ParseNumber(std::string_view text, int64_t* value) {
  if (text.empty() || text.size() > 20) return false;
  const std::string_view digits = text.front() == '-' ? text.substr(1) : text;
  if (digits.empty() || digits.front() < '0' || digits.front() > '9') return false;
  if (digits.front() == '0' && text.size() > 1) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

RespParser::Result RespParser::Fail(std::string error) {
  error_ = "Protocol error: " + std::move(error);
  return Result::kError;
}

void RespParser::Shrink() {
  if (state_ != State::kStart) return;  // what has come of a request is needed
  if (places_.capacity() > kKeptArgs) {
    places_ = {};
    args_ = {};
  }
  unquoted_ = {};
}

RespParser::Result RespParser::Finish(std::string_view input, size_t end) {
  args_.clear();
  for (const Place& place : places_) args_.push_back(input.substr(place.offset, place.size));
  places_.clear();
  consumed_ = end;
  state_ = State::kStart;
  at_ = scanned_ = 0;
  wanted_ = 0;
  return Result::kRequest;
}

RespParser::Result RespParser::Parse(std::string_view input, bool authenticated) {
  if (state_ == State::kStart) {
    if (input.empty()) return Result::kMore;
    if (input.front() != '*') {
      state_ = State::kInline;
    } else {
      const Result counted = TakeCount(input, authenticated);
      if (counted != Result::kRequest) return counted;
      if (left_ == 0) return Finish(input, at_);
      state_ = State::kBulkLength;
    }
  }
  if (state_ == State::kInline) return ParseInline(input);
  for (;;) {
    if (state_ == State::kBulkLength) {
      const Result taken = TakeBulkLength(input, authenticated);
      if (taken != Result::kRequest) return taken;
      state_ = State::kBulk;
    }
    if (input.size() - at_ < bulk_ + 2) {
      wanted_ = at_ + bulk_ + 2;
      return Result::kMore;
    }
    places_.push_back({at_, bulk_});
    at_ += bulk_ + 2;
    scanned_ = at_;
    if (--left_ == 0) return Finish(input, at_);
    state_ = State::kBulkLength;
  }
}

RespParser::Result RespParser::TakeLine(std::string_view input, const char* too_long,
                                        std::string_view* line) {
  const size_t end = input.find('\r', scanned_);
  if (end == std::string_view::npos) {
    if (input.size() - at_ > limits_->line_bytes) return Fail(too_long);
    scanned_ = input.size();
    return Result::kMore;
  }
  scanned_ = end;
  if (end - at_ > limits_->line_bytes) return Fail(too_long);
  if (end + 2 > input.size()) return Result::kMore;
  *line = input.substr(at_, end - at_);
  at_ = scanned_ = end + 2;
  return Result::kRequest;
}

RespParser::Result RespParser::TakeCount(std::string_view input, bool authenticated) {
  std::string_view line;
  const Result taken = TakeLine(input, "too big mbulk count string", &line);
  if (taken != Result::kRequest) return taken;
  int64_t count = 0;
  if (!ParseNumber(line.substr(1), &count) || count > static_cast<int64_t>(limits_->args)) {
    return Fail("invalid multibulk length");
  }
  if (!authenticated && count > static_cast<int64_t>(limits_->unauthenticated_args)) {
    return Fail("unauthenticated multibulk length");
  }
  left_ = count <= 0 ? 0 : static_cast<size_t>(count);
  return Result::kRequest;
}

RespParser::Result RespParser::TakeBulkLength(std::string_view input, bool authenticated) {
  std::string_view line;
  const size_t start = at_;
  if (start < input.size() && input[start] != '$') {
    return Fail(fmt::format("expected '$', got '{}'", input[start]));
  }
  const Result taken = TakeLine(input, "too big bulk count string", &line);
  if (taken != Result::kRequest) return taken;
  int64_t size = 0;
  if (!ParseNumber(line.substr(1), &size) || size < 0 ||
      size > static_cast<int64_t>(limits_->bulk_bytes)) {
    return Fail("invalid bulk length");
  }
  if (!authenticated && size > static_cast<int64_t>(limits_->unauthenticated_bulk_bytes)) {
    return Fail("unauthenticated bulk length");
  }
  bulk_ = static_cast<size_t>(size);
  if (at_ + bulk_ > limits_->request_bytes) {
    return Fail(fmt::format("a request has at most {} bytes", limits_->request_bytes));
  }
  return Result::kRequest;
}

RespParser::Result RespParser::ParseInline(std::string_view input) {
  const size_t end = input.find('\n', scanned_);
  if (end == std::string_view::npos || end > limits_->line_bytes) {
    if (input.size() > limits_->line_bytes) return Fail("too big inline request");
    scanned_ = input.size();
    return Result::kMore;
  }
  std::string_view line = input.substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!SplitInline(line, &unquoted_)) return Fail("unbalanced quotes in request");
  Finish(input, end + 1);
  args_.assign(unquoted_.begin(), unquoted_.end());
  return Result::kRequest;
}

}  // namespace evlog::server
