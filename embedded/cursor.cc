#include "evlog/cursor.h"

#include <utility>

#include "embedded/cursor_impl.h"

namespace evlog {

Cursor::Cursor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Cursor::Cursor(Cursor&&) noexcept = default;
Cursor& Cursor::operator=(Cursor&&) noexcept = default;
Cursor::~Cursor() = default;

absl::StatusOr<bool> Cursor::Next(ChunkView* view, absl::Time deadline, std::stop_token stop) {
  return impl_->Next(view, deadline, stop);
}

const std::string& Cursor::stream() const { return impl_->stream(); }

Position Cursor::position(uint32_t entries) const { return impl_->position(entries); }

}  // namespace evlog
