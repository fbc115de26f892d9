"""What columns are called: by memviz, by other tools, and in Chinese."""

from __future__ import annotations

import re

#: Fields that a column can become, in the order in which they are offered.
TARGETS = (
    *("key", "text", "kind", "owner", "source", "tags", "confidence", "created", "updated", "expires"),
    *("private", "enabled", "metadata"),
)
#: Field -> names, the likeliest first; compared without case, spaces and signs.
_NAMES = {
    "key": "key title name subject topic heading question 键 标题 主题 名称 问题",
    "text": "text content memory document page_content body fact value answer sentence message note"
    " 文本 内容 正文 记忆 事实 答案",
    "kind": "kind",
    "owner": "owner user_id user username user_name user_email 所有者 用户 用户名",
    "source": "source url link uri origin file filename file_name path 来源 链接 出处",
    "tags": "tags tag labels label keywords categories 标签 关键词 分类",
    "confidence": "confidence certainty probability 置信度 可信度",
    "created": "created created_at create_time creation_date inserted_at timestamp time date datetime"
    " 创建时间 时间 日期",
    "updated": "updated updated_at update_time modified modified_at last_modified last_updated 更新时间 修改时间",
    "expires": "expires expires_at expiry expiration expiration_date expire_time valid_until 过期时间 有效期",
    "private": "private is_private 私密 隐私",
    "enabled": "enabled is_enabled active is_active 启用 有效",
    "metadata": "metadata meta extra attributes properties 元数据",
}
_SIGNS = re.compile(r"[\s_\-./]+")


def plain_name(name: str) -> str:
    """``created-At`` and ``Created at`` are one name."""
    return _SIGNS.sub("", name).casefold()


_PLACES = {
    plain_name(word): (field, place) for field, words in _NAMES.items() for place, word in enumerate(words.split())
}


def field_of(name: str) -> tuple[str, int] | None:
    """The field that a column of this name likely is, and how likely (0 is likeliest); None for an unknown one."""
    return _PLACES.get(plain_name(name))
