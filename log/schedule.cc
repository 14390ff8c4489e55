#include "evlog/schedule.h"

#include <charconv>

#include "log/base/status.h"

namespace evlog {

namespace {

// All digits that there are, in the form in which they are written.
bool TakeNumber(std::string_view* text, uint64_t* number) {
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), *number);
  const auto digits = static_cast<size_t>(end - text->data());
  if (error != std::errc() || (digits > 1 && text->front() == '0')) return false;
  text->remove_prefix(digits);
  return true;
}

}  // namespace

std::string Ticket::ToString() const { return fmt::format("{}-{}", ms, number); }

absl::StatusOr<Ticket> Ticket::Parse(std::string_view text) {
  std::string_view rest = text;
  Ticket ticket;
  bool good = TakeNumber(&rest, &ticket.ms) && rest.starts_with('-');
  if (good) {
    rest.remove_prefix(1);
    good = TakeNumber(&rest, &ticket.number) && rest.empty() && ticket.number != 0;
  }
  if (!good) {
    return InvalidArgument("{} is no ticket of a delayed append; expected ms-number", Quoted(text));
  }
  return ticket;
}

}  // namespace evlog
