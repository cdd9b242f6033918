from mmengine.registry import init_default_scope

init_default_scope("mmseg")
